print("therock-upload")
